#pragma once
// A run for the terminal and for CI systems (JUnit XML). For people at leisure: run_page.h.

#include <string>

#include "cli/results.h"

namespace tflab::cli {

std::string junit_xml(const RunResult& result);
// Plain text at the end of a run: one line an expectation, failures in full.
std::string summary_text(const RunResult& result, bool color);

}  // namespace tflab::cli
