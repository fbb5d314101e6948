/** True in `npm run test:long`, which may take longer than a run of all tests should. */
export const isLongRun = process.env['BERTH_TEST_LONG'] === '1'

/** How much of something a test does: `short` in each run, `full` in `npm run test:long`. */
export const inFull = <Amount>(short: Amount, full: Amount): Amount => (isLongRun ? full : short)

/** Some of many cases that are alike: one in `oneIn` in each run, all of them in `npm run test:long`. */
export const sampled = <Case>(cases: readonly Case[], oneIn: number): readonly Case[] =>
  cases.filter((_, at) => isLongRun || at % oneIn === 0)
