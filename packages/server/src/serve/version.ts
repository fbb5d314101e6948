/** The one version number of all packages; a test keeps it equal to theirs. */
export const VERSION = '0.1.0'
