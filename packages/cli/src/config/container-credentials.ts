export const roleCredentials = async (..._: unknown[]) => undefined
export const containerCredentials = async (..._: unknown[]) => undefined
export const instanceCredentials = async (..._: unknown[]) => undefined
export const readInstanceRegion = async (..._: unknown[]) => undefined
