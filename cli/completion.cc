#include "cli/completion.h"

#include "cli/options.h"
#include "cli/show.h"

namespace tflab::cli {
namespace {

std::string words_of(const std::vector<std::string>& list) {
  std::string text;
  for (const auto& word : list) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string show_words() {
  std::vector<std::string> words;
  for (const ShowVerb& verb : show_verbs())
    words.emplace_back(verb.words.substr(0, verb.words.find(' ')));
  return words_of(words);
}

std::string bash(const std::vector<std::string>& verbs, const std::vector<std::string>& flags) {
  return "_tflab() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]}\n"
         "  if (( COMP_CWORD == 1 )); then\n"
         "    COMPREPLY=($(compgen -W '" +
         words_of(verbs) +
         "' -- \"$word\"))\n"
         "  elif [[ $word == -* ]]; then\n"
         "    COMPREPLY=($(compgen -W '" +
         words_of(flags) +
         "' -- \"$word\"))\n"
         "  elif [[ ${COMP_WORDS[1]} == show ]]; then\n"
         "    COMPREPLY=($(compgen -W '" +
         show_words() +
         "' -- \"$word\"))\n"
         "  else\n"
         "    COMPREPLY=($(compgen -f -- \"$word\"))\n"
         "  fi\n"
         "}\n"
         "complete -F _tflab tflab ./tflab\n";
}

std::string zsh(const std::vector<std::string>& verbs, const std::vector<std::string>& flags) {
  return "#compdef tflab\n"
         "_tflab() {\n"
         "  if (( CURRENT == 2 )); then compadd " +
         words_of(verbs) +
         "\n"
         "  elif [[ $words[2] == show && $words[CURRENT] != -* ]]; then compadd " +
         show_words() +
         "\n"
         "  elif [[ $words[CURRENT] == -* ]]; then compadd -- " +
         words_of(flags) +
         "\n"
         "  else _files; fi\n"
         "}\n"
         "compdef _tflab tflab\n";
}

std::string fish(const std::vector<std::string>& verbs, const std::vector<std::string>& flags) {
  std::string text = "complete -c tflab -n __fish_use_subcommand -f -a '" + words_of(verbs) +
                     "'\n"
                     "complete -c tflab -n '__fish_seen_subcommand_from show' -f -a '" +
                     show_words() + "'\n";
  for (const auto& flag : flags)
    if (flag.rfind("--", 0) == 0) text += "complete -c tflab -l " + flag.substr(2) + "\n";
  return text;
}

}  // namespace

std::string completion(const std::string& shell, const std::vector<std::string>& verbs,
                       const std::vector<std::string>& flags) {
  if (shell == "bash") return bash(verbs, flags);
  if (shell == "zsh") return zsh(verbs, flags);
  if (shell == "fish") return fish(verbs, flags);
  throw UsageError{"completion for which shell? bash, zsh or fish"};
}

}  // namespace tflab::cli
