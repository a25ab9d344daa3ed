import { placesOf, type Programs, type Word } from './vocabulary';
import { wordsBefore } from './words-before';

/** For bash 4 and newer; what is not a word of ours is left to the completion of files. */
export function bashCompletion(programs: Programs): string {
  const cases = placesOf(programs).flatMap(({ key, words, options }) => [
    `    '${key}') words='${textsOf(words)}' options='${textsOf(options)}' ;;`,
  ]);
  return `# bash completion of bscc, made by "bscc completion bash"
_bscc() {
  local line=\${COMP_LINE:0:COMP_POINT} current='' program=files command='' word words='' options='' skip=''
  local -a typed
  # Not COMP_WORDS: bash parts addresses at their colons.
  read -ra typed <<< "$line"
  if [[ $line != *[[:space:]] && \${#typed[@]} -gt 0 ]]; then
    current=\${typed[\${#typed[@]} - 1]}
    unset "typed[\${#typed[@]} - 1]"
  fi
  for word in "\${typed[@]:1}"; do
${wordsBefore(programs)}
  done
  COMPREPLY=()
  if [[ -n $skip ]]; then return; fi
  case "$program $command" in
${cases.join('\n')}
  esac
  if [[ $current == -* ]]; then words=$options; fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _bscc bscc
`;
}

function textsOf(words: readonly Word[]): string {
  return words.map(({ text }) => text).join(' ');
}
