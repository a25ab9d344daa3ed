import { type Programs, valueOptions } from './vocabulary';

/**
 * What bash and zsh do alike with each word before the one that is completed: it sets `program`, `command`, and `skip` where a
 * value follows.
 */
export function wordsBefore(programs: Programs): string {
  return `    if [[ $word == --api || $word == --api=* ]]; then program=service; fi
    if [[ -n $skip ]]; then skip=''; continue; fi
    case $word in
      ${valueOptions(programs).join('|')}) skip=$word ;;
      -*) ;;
      *) [[ -n $command ]] || command=$word ;;
    esac`;
}
