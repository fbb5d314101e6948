/** The version of this program; every package of the workspace has the same. */
export const version = '0.1.0'
