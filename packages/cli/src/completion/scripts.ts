export const printCompletion = async (..._: unknown[]): Promise<number> => 0
