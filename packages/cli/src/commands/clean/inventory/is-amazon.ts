import type { Target } from '../../../http/target.ts'

const AMAZON = /(?:^|\.)(?:amazonaws\.com(?:\.cn)?|api\.aws)$/

/** Whether an endpoint is Amazon's own: what berth adds to the API is not there, and not all that is there is known. */
export const isAmazon = ({ hostname }: Target): boolean => AMAZON.test(hostname)
