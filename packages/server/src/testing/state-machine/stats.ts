export const stats: Record<string, number> = {}
export const count = (key: string, by = 1) => { stats[key] = (stats[key] ?? 0) + by }
