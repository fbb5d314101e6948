/** It stands where it is needed without the rest of the project. */
export { type ClaimedPort, claimPort } from './swift.ts'
