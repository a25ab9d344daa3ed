import { placesOf, type Programs, valueOptions, type Word } from './vocabulary';

/** For fish 3 and newer. */
export function fishCompletion(programs: Programs): string {
  const lines = placesOf(programs).flatMap(({ key, words, options }) => {
    const here = `-n '__bscc_place | string match -q -- "${key}"'`;
    return [
      ...words.map((word) => `complete -c bscc ${here} -f -a ${quoted(word.text)}${description(word)}`),
      ...options.map((word) => {
        const value = valueOptions(programs).includes(word.text) ? ' -r' : '';
        return `complete -c bscc ${here} -l ${word.text.slice(2)}${value}${description(word)}`;
      }),
    ];
  });
  return `# fish completion of bscc, made by "bscc completion fish"
function __bscc_place
    set -l program files
    set -l command ''
    set -l skip ''
    for word in (commandline -opc)[2..-1]
        if string match -q -- '--api' $word; or string match -q -- '--api=*' $word
            set program service
        end
        if test -n "$skip"
            set skip ''
            continue
        end
        switch $word
            case ${valueOptions(programs).join(' ')}
                set skip $word
            case '-*'
            case '*'
                test -n "$command"; or set command $word
        end
    end
    echo "$program $command"
end
${lines.join('\n')}
`;
}

function description({ does }: Word): string {
  return does === '' ? '' : ` -d ${quoted(does)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
