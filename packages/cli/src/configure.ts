export const configure = async (..._: unknown[]): Promise<number> => 0
