import type { Page } from 'playwright-core'
import { REGISTRY_PARTS, REPOSITORY_PARTS } from '../../packages/server/src/http/gallery/desk/parts.ts'
import type { Registry } from '../support/registry.ts'

/** Somebody who is signed in and looks at the desk of one repository. */
export interface Tour {
  readonly registry: Registry
  readonly page: Page
  /** The path of a part of the repository's desk. */
  readonly desk: (part: string) => string
}

const REGISTRY = '/-/manage/-/'
const REPOSITORY = '/-/manage/ALIAS/NAME/-/'

/** The pages that there are, by the parts of the desk and what they say may stand behind them. */
export function pagesThatThereAre(): string[] {
  const of = (place: string, parts: Readonly<Record<string, { readonly rests?: readonly string[] }>>) =>
    Object.entries(parts).flatMap(([name, { rests = [] }]) =>
      ['', ...rests.map(rest => `/${rest}`)].map(rest => `${place}${name}${rest}`),
    )
  return [...of(REGISTRY, REGISTRY_PARTS), ...of(REPOSITORY, REPOSITORY_PARTS)]
}

const at =
  (path: string) =>
  async ({ page, registry }: Tour) => {
    await page.goto(`${registry.url}${path}`)
  }
const of =
  (part: string) =>
  async ({ page, registry, desk }: Tour) => {
    await page.goto(`${registry.url}${desk(part)}`)
  }
const press = async ({ page }: Tour, name: string, words: string) => {
  await page.getByRole('button', { name, exact: true }).click()
  await page.getByText(words).first().waitFor()
}

const rulesFor = (pattern: string) =>
  `{"rules":[{"rulePriority":1,"description":"Builds","selection":{"tagStatus":"tagged","tagPatternList":["${pattern}"],"countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}`

type States = Readonly<Record<string, (tour: Tour) => Promise<unknown>>>

/** Every page of the desk, and how a person comes to what it may look like. */
export const DESK_PAGES: Readonly<Record<string, States>> = {
  [REGISTRY]: { repositories: at('/-/manage') },
  [`${REGISTRY}audit`]: { audit: at('/-/manage/-/audit'), 'audit-empty': at('/-/manage/-/audit?repository=none') },
  [`${REGISTRY}settings`]: {
    'registry-settings': at('/-/manage/-/settings'),
    'registry-settings-refused': async tour => {
      await at('/-/manage/-/settings')(tour)
      await tour.page.getByLabel('Days in the bin').fill('soon')
      await press(tour, 'Save the days', 'Nothing was saved.')
    },
  },
  [REPOSITORY]: { overview: of('') },
  [`${REPOSITORY}images`]: {
    images: of('images'),
    'images-untagged': of('images?view=untagged'),
    'images-filtered': of('images?q=nothing'),
  },
  [`${REPOSITORY}images/preview`]: {
    preview: of('images/preview?i=v1&i=build-1'),
    'preview-changed': of('images/preview?all=1&refused=changed'),
    'preview-of-nothing': of('images/preview'),
  },
  // A form alone, which leads to the page of a job.
  [`${REPOSITORY}images/delete`]: {},
  [`${REPOSITORY}images/job/ID`]: {
    job: async tour => {
      const { page } = tour
      await of('images')(tour)
      await page.locator('section[aria-labelledby="recent"] a').first().click()
      await page.getByText('Deletion is done').waitFor()
    },
  },
  [`${REPOSITORY}bin`]: { bin: of('bin'), 'bin-told': of('bin?purged=1&held=2&gone=3') },
  [`${REPOSITORY}bin/purge`]: {
    purge: of('bin/purge?all=1'),
    'purge-some': async tour => {
      await of('bin')(tour)
      await tour.page
        .getByRole('checkbox', { name: /^Select / })
        .last()
        .check()
      await press(tour, 'Delete for good…', 'Nothing has happened yet')
    },
  },
  [`${REPOSITORY}catalog`]: {
    catalog: of('catalog?done=saved'),
    'catalog-preview': async tour => {
      await of('catalog')(tour)
      await press(tour, 'Preview', 'not saved')
    },
  },
  [`${REPOSITORY}settings`]: {
    settings: of('settings'),
    'settings-refused': async tour => {
      await of('settings')(tour)
      await tour.page.getByLabel('Protected tags').fill('no pattern')
      await press(tour, 'Save', 'Nothing was saved.')
    },
  },
  [`${REPOSITORY}lifecycle`]: {
    lifecycle: async tour => {
      await of('lifecycle')(tour)
      await tour.page.getByLabel('Policy', { exact: true }).fill(rulesFor('none-*'))
      await press(tour, 'Save', 'Saved.')
    },
    'lifecycle-preview': async tour => {
      await of('lifecycle')(tour)
      await tour.page.getByLabel('Policy', { exact: true }).fill(rulesFor('build-*'))
      await press(tour, 'Preview', '1 image would expire now')
    },
  },
  [`${REPOSITORY}permissions`]: { permissions: of('permissions') },
}

/** What comes before: nobody is signed in. */
export const SIGNING_IN: States = {
  'sign-in': at('/-/signin'),
  'sign-in-over': at('/-/signin?over=1'),
  'sign-in-refused': async tour => {
    await at('/-/signin')(tour)
    await tour.page.getByLabel('Access key ID').fill('AKIANOBODY')
    await tour.page.getByLabel('Secret access key').fill('wrong')
    await tour.page.getByRole('button', { name: 'Sign in', exact: true }).last().click()
    await tour.page.getByText('That signs nobody in').waitFor()
  },
}

/** What a person meets on the way. The session is over then. */
export const GOING_WRONG: States = {
  'not-there': of('nothing'),
  changed: async tour => {
    await of('settings')(tour)
    await tour.page.evaluate(`document.querySelector('input[name=version]').value = 'of before'`)
    await tour.page.getByLabel('Immutable tags').fill('typed-*')
    await press(tour, 'Save', 'Changed since you opened this page.')
  },
  'session-over': async tour => {
    await of('settings')(tour)
    await tour.page.getByLabel('Protected tags').fill('typed-*')
    await tour.page.context().clearCookies()
    await press(tour, 'Save', 'What you typed is still here')
  },
}
