/** True in `npm run test:long`, which takes the time that a run of all tests should not. */
export const isLongRun = process.env['BERTH_TEST_LONG'] === '1'

/** How much of something a test does: `short` in each run, `full` in `npm run test:long`. */
export const inFull = <Amount>(short: Amount, full: Amount): Amount => (isLongRun ? full : short)

/** Of many cases that are alike: every so manieth in each run, all of them in `npm run test:long`. */
export const sampled = <Case>(cases: readonly Case[], oneIn: number): readonly Case[] =>
  cases.filter((_, at) => isLongRun || at % oneIn === 0)
