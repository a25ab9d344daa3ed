/**
 * What a real restore is about to do to the target's server, written before it is done. Together with the names that
 * `pg_database` shows it tells where a dead run stood:
 *
 * | phase | databases that may exist | recovery |
 * | --- | --- | --- |
 * | `fencing` | target | lift the fence |
 * | `staging` | target, staging | drop staging, lift the fence |
 * | `swapping` | target and staging, or kept and staging, or kept and target | none swapped: as `staging`; one: complete; both: finish |
 * | `swapped` | target, kept | finish |
 */
export interface Journal {
  phase: 'fencing' | 'staging' | 'swapping' | 'swapped';
  /** Name of the target database. */
  target: string;
  /** `scc_restore_<run id>` */
  staging: string;
  /** `scc_before_<run id>`: the old target, kept for a while. */
  kept: string;
}
