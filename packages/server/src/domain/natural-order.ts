const collator = new Intl.Collator('en', { numeric: true })

/** The order in which people read versions: `1.9` before `1.10`; names that read alike go by their characters. */
export const inNaturalOrder = (a: string, b: string): number => collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0)
