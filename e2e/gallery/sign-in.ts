import type { Page } from 'playwright-core'
import type { Registry } from '../support/registry.ts'

/** Signs in with a registry password, as a person does, and is then at `path`. */
export async function signIn(page: Page, registry: Registry, path: string): Promise<void> {
  await page.goto(`${registry.url}${path}`)
  await page.getByRole('textbox', { name: 'Password' }).fill(await registry.password())
  await page
    .getByRole('button', { name: /sign in/i })
    .first()
    .click()
  await page.waitForURL(`${registry.url}${path}`)
}
