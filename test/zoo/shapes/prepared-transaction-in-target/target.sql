-- Runs in the target after its damage: only a real restore is refused while it is there.
begin; insert into t values (2); prepare transaction 'x';
