export const restore = {
  title: 'Restore',
  runs: 'Restore runs',
};
