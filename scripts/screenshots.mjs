// npm run screenshots: draws the two pictures of the gallery that the README shows, as chromium shows its pages in the
// tests.

import { spawnSync } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { prepare, root } from './prepare.mjs'

prepare()
const test = ['e2e/gallery/pages.test.ts', '--testNamePattern', 'as the README shows them']
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'e2e', ...test],
  { cwd: root, stdio: 'inherit' },
)
if (status !== 0) process.exit(status ?? 1)
for (const scheme of ['light', 'dark'])
  copyFileSync(join(root, `screenshots/readme-${scheme}.png`), join(root, `docs/gallery-${scheme}.png`))
