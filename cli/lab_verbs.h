#pragma once
// Verbs about labs that stand: bring up, look, change, take down.

#include <memory>
#include <string>

#include "cli/options.h"
#include "cli/pages.h"
#include "netns-lab/netns_lab.h"

namespace tflab::cli {

int lint(const Options& options);
int expand(const Options& options);
int deploy(const Options& options);
int destroy(const Options& options);
int clean(const Options& options);
int status(const Options& options);
int verify(const Options& options);
int event(const Options& options);
int show_verb(const Options& options);
int explain_verb(const Options& options);
int exec(const Options& options);  // also `connect`: a shell
int capture(const Options& options);

// The lab meant: the one named, or the only one there is.
netns::LabInfo the_lab(const std::string& name);

}  // namespace tflab::cli
