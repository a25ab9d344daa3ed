import { placesOf, type Programs, type Word } from './vocabulary';
import { wordsBefore } from './words-before';

/** For zsh, as a file `_bscc` in a directory of `fpath`, or read by `source`. */
export function zshCompletion(programs: Programs): string {
  const cases = placesOf(programs).flatMap(({ key, words, options }) => [
    `    '${key}')`,
    ...[`found=(${words.map(described).join(' ')})`, `options=(${options.map(described).join(' ')})`].map(
      (line) => `      ${line}`,
    ),
    '      ;;',
  ]);
  return `#compdef bscc
# zsh completion of bscc, made by "bscc completion zsh"
_bscc() {
  local program=files command='' word skip=''
  local -a found options
  for word in "\${(@)words[2,CURRENT-1]}"; do
${wordsBefore(programs)}
  done
  if [[ -n $skip ]]; then _files; return; fi
  case "$program $command" in
${cases.join('\n')}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    _describe -o option options
  elif (( \${#found} )); then
    _describe command found
  else
    _files
  fi
}
if [[ \${funcstack[1]:-} == _bscc ]]; then _bscc "$@"; else compdef _bscc bscc; fi
`;
}

function described({ text, does }: Word): string {
  const escaped = text.replaceAll(':', '\\:');
  return `'${`${escaped}${does === '' ? '' : `:${does}`}`.replaceAll("'", `'\\''`)}'`;
}
