import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Registry, startRegistry } from '../support/registry.ts'
import { describeWith } from '../support/tools.ts'
import { attachBundle } from './attach.ts'
import { complaintsOf, judgeLook, keepScreenshot, launchBrowser, openView, overflowOf } from './browser.ts'
import { HOSTILE_TEXTS } from './hostile-texts.ts'
import { OCI_INDEX, OCI_MANIFEST, type Pushed, type Pusher, pusherOf } from './push.ts'
import { signIn } from './sign-in.ts'

const config = (architecture: string, name: string) => ({
  ...{ os: 'linux', architecture, config: { Labels: { name } } },
  rootfs: { type: 'layers', diff_ids: [] },
})

/** One version for two platforms, with a signature. */
async function version(to: Pusher, name: string, ...tags: string[]): Promise<Pushed> {
  const manifests: object[] = []
  for (const architecture of ['amd64', 'arm64']) {
    const image = await to.image({
      config: config(architecture, name),
      layers: ['base'.repeat(3_000), `${name} ${architecture} `.repeat(40_000)],
    })
    manifests.push({ ...image, platform: { os: 'linux', architecture } })
  }
  const index = await to.manifest(OCI_INDEX, { manifests }, ...tags)
  await attachBundle(to, index)
  return index
}

describeWith(['chromium'], 'the images desk in a browser', () => {
  let registry: Registry
  let browser: Browser
  let images: string
  let bin: string
  beforeAll(async () => {
    registry = await startRegistry()
    browser = await launchBrowser()
    const to = await pusherOf(registry, 'project-a/web-app')
    await version(to, '1.8', 'v1.8')
    await version(to, '1.9', 'v1.9', 'v1')
    await version(to, '1.10', 'v1.10', 'latest')
    for (let build = 0; build < 4; build += 1)
      await to.image({ config: config('amd64', `nightly ${build}`), layers: ['base'] }, `nightly-${build}`)
    await to.image({ config: config('amd64', 'loose'), layers: ['loose'] })
    const settings = { protectedTags: ['latest'], immutableTags: [] }
    await registry.control('Berth_V1.PutRepositorySettings', { repositoryName: to.name, settings })
    images = `/-/manage/${registry.alias}/${to.name}/-/images`
    bin = `/-/manage/${registry.alias}/${to.name}/-/bin`
  })
  afterAll(async () => {
    await browser?.close()
    await registry?.[Symbol.asyncDispose]()
  })

  it('shows hostile types below their image, runs nothing of them, and breaks no layout', async () => {
    const to = await pusherOf(registry, 'project-a/hostile')
    const image = await to.image({ config: config('amd64', 'x'), layers: ['x'] })
    const texts = HOSTILE_TEXTS.filter(text => text !== '')
    // An index may say of a platform whatever it likes; a type has the grammar of one.
    const manifests = texts.slice(0, 60).map(os => ({ ...image, platform: { os, architecture: os } }))
    for (let start = 0; start < manifests.length; start += 5)
      await to.manifest(OCI_INDEX, { manifests: manifests.slice(start, start + 5) }, `h${start}`)
    const subject = await to.manifest(OCI_INDEX, { manifests }, `t${'-'.repeat(127)}`, '_.-')
    const empty = await to.blob('application/vnd.oci.empty.v1+json', '{}')
    for (const artifactType of [`application/${'x'.repeat(115)}`, 'text/html', 'application/javascript'])
      await to.manifest(OCI_MANIFEST, { artifactType, config: empty, layers: [], subject })
    const view = await openView(browser, { size: 'phone' })
    const page = await view.newPage()
    const complaints = complaintsOf(page, registry.url, { isConsoleHeard: false })
    const desk = `/-/manage/${registry.alias}/${to.name}/-/images`
    await signIn(page, registry, desk)
    for (const path of [desk, `${desk}/preview?all=1`]) {
      await page.goto(`${registry.url}${path}`)
      expect(await page.locator('main tbody tr').count(), path).toBeGreaterThan(5)
      expect(await overflowOf(page), path).toBeLessThanOrEqual(0)
    }
    expect(complaints).toEqual([])
    await view.close()
  })

  it('goes on with many where a server was killed, and says how far it is, without scripts', async () => {
    const to = await pusherOf(registry, 'project-a/many')
    const document = { config: await to.blob('application/vnd.oci.empty.v1+json', '{}'), layers: [] }
    const names = Array.from({ length: 300 }, (_, number) => `build-${number}`)
    await to.manifest(OCI_MANIFEST, document, ...names)
    const view = await openView(browser, { scripts: false })
    const page = await view.newPage()
    const desk = `/-/manage/${registry.alias}/${to.name}/-/images`
    await signIn(page, registry, `${desk}/preview?all=1&q=build`)
    await page.getByRole('button', { name: 'Delete 1 image' }).click()
    await page.getByText(/Deletion is (?:running|done)/).waitFor()
    await page
      .getByText(/[1-2]00 of 300|Deletion is done/)
      .first()
      .waitFor()
    await keepScreenshot(page, 'desk-job-desktop-light')
    const job = page.url()
    // The page asks for itself again by and by, which would end another step to it.
    await page.goto('about:blank')
    await registry.kill()
    await registry.restart()
    await page.goto(job)
    await page.getByText('Deletion is done').waitFor()
    expect(await page.getByText('0 of 300 selected').count()).toBe(1)
    const { imageTagDetails } = await registry.control('DescribeImageTags', { repositoryName: to.name })
    expect(imageTagDetails).toEqual([])
    await page.goto(`${registry.url}${desk.replace(/images$/, 'bin')}`)
    await page.getByRole('checkbox').first().check()
    await page.getByRole('button', { name: 'Put back' }).click()
    await page.getByText('Restore is done').waitFor()
    await view.close()
  })

  const tags = async (): Promise<string[]> => {
    const { imageTagDetails } = await registry.control('DescribeImageTags', { repositoryName: 'project-a/web-app' })
    return imageTagDetails.map((each: { imageTag: string }) => each.imageTag).sort()
  }

  it.each([
    { size: 'desktop', scheme: 'light' },
    { size: 'phone', scheme: 'dark' },
  ] as const)(
    'leads from a tick to a preview, a result, the bin and back: $size, $scheme',
    async ({ size, scheme }) => {
      const view = await openView(browser, { size, scheme })
      const page = await view.newPage()
      const sound = (name: string) => judgeLook(page, `desk-${name}`, [size, scheme])
      await signIn(page, registry, images)
      const before = await tags()
      if (size === 'desktop') {
        // From the first to the last of three, by one click and one with shift.
        await page.getByRole('checkbox', { name: 'Select nightly-3', exact: true }).click()
        await page.getByRole('checkbox', { name: 'Select nightly-1', exact: true }).click({ modifiers: ['Shift'] })
        await page.getByText('3 ticked').waitFor()
        await page.getByRole('checkbox', { name: 'Select nightly-2', exact: true }).click()
      }
      for (const name of ['v1.9', 'v1.8', 'latest'])
        await page.getByRole('checkbox', { name: `Select ${name}`, exact: true }).check()
      await sound('images')
      await page.getByRole('button', { name: 'See what a deletion takes' }).click()
      await page.getByText('Nothing has happened yet').waitFor()
      await page.getByText('ImageProtected').waitFor()
      await sound('preview')
      expect(await tags()).toEqual(before)

      await page.getByRole('button', { name: /^Delete/ }).click()
      await page.getByText('Deletion is done').waitFor()
      // What is protected stayed, and the page says so.
      expect(await page.getByText('ImageProtected').count()).toBe(1)
      await sound('result')
      const gone = size === 'desktop' ? ['nightly-1', 'nightly-3', 'v1.8', 'v1.9'] : ['v1.8', 'v1.9']
      expect(await tags()).toEqual(before.filter(tag => !gone.includes(tag)))
      await page.goto(`${registry.url}${bin}`)
      await sound('bin')
      await page.goBack()
      await page.getByRole('button', { name: 'Put all of it back' }).click()
      await page.getByText('Restore is done').waitFor()
      await sound('restored')
      expect(await tags()).toEqual(before)
      await view.close()
    },
  )
})
