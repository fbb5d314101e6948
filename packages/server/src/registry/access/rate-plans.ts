/**
 * The names that requests are counted under, besides the operations of the control API; pushes to the registry endpoint
 * count under those, too. `pull` is the GET of a manifest, `blob` any read of a blob, and `listing` tags, catalog and
 * referrers. `page` is any page of the gallery. `other` is every request without a name of its own, and every request
 * without good credentials.
 */
export type ReadAction = 'pull' | 'manifestHead' | 'blob' | 'token' | 'listing' | 'logo' | 'page' | 'other'

/** Requests a second, by the name they are counted under. */
export type Rates = Readonly<Record<string, number>> & Readonly<Record<ReadAction, number>>

/** How many requests are taken from one account and, where there is no login, from one address. */
export interface RatePlan {
  readonly account: Rates
  readonly address: Rates
  /** Seconds of rate that may be saved up: an asker that was silent so long may ask for so much at once. */
  readonly secondsInHand: number
}

/** A hundred times what one CI runner does at its busiest (docs/operating.md), averaged over ten seconds. */
const STANDARD_RATES: Rates = {
  pull: 200,
  manifestHead: 200,
  blob: 2_000,
  token: 200,
  listing: 200,
  logo: 200,
  page: 200,
  InitiateLayerUpload: 1_000,
  UploadLayerPart: 1_000,
  CompleteLayerUpload: 1_000,
  PutImage: 200,
  other: 500,
}

/**
 * The rates that ECR Public publishes (its quotas page): InitiateLayerUpload to `pull` of accounts, and `pull` of
 * addresses. The page has no others: the rest are what so many pulls need, of fifty layers at most.
 */
const ECR_PUBLIC_RATES: Pick<RatePlan, 'account' | 'address'> = {
  account: {
    BatchCheckLayerAvailability: 200,
    GetAuthorizationToken: 200,
    UploadLayerPart: 260,
    InitiateLayerUpload: 10,
    CompleteLayerUpload: 10,
    PutImage: 10,
    pull: 10,
    manifestHead: 100,
    blob: 500,
    token: 200,
    listing: 100,
    logo: 100,
    page: 100,
    other: 500,
  },
  address: { pull: 1, manifestHead: 10, blob: 50, token: 10, listing: 10, logo: 50, page: 50, other: 20 },
}

/** The rate plans by their names for `--rate-limits`. */
export const RATE_PLANS = {
  standard: { account: STANDARD_RATES, address: STANDARD_RATES, secondsInHand: 10 },
  'ecr-public': { ...ECR_PUBLIC_RATES, secondsInHand: 1 },
  none: undefined,
} as const satisfies Record<string, RatePlan | undefined>
