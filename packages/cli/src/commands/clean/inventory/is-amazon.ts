import type { Target } from '../../../http/target.ts'

const AMAZON = /(?:^|\.)(?:amazonaws\.com(?:\.cn)?|api\.aws)$/

/**
 * Whether an endpoint is Amazon's own. Amazon's service lacks what berth adds to the API, and not all of its behaviour
 * is known.
 */
export const isAmazon = ({ hostname }: Target): boolean => AMAZON.test(hostname)
