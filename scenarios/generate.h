#pragma once
// `generate`: objects by the thousand, worked out before anything else reads the document. Each
// generator fills a collection, as if the file had listed its objects; what comes out is a document
// like any other, and `tflab expand` prints it.

#include "scenarios/model.h"
#include "scenarios/source.h"

namespace tflab::scenario {

// Takes "generate" out of the document. Places of faults in what was made are those of its
// generator.
void generate(Json& document, Sources& sources, Faults& faults);

}  // namespace tflab::scenario
