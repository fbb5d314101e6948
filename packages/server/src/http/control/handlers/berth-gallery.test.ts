import { expect, it } from 'vitest'
import type { ControlCall, ControlDependencies } from '../call.ts'
import { answerTo } from '../errors.ts'
import { galleryHandlers } from './berth-gallery.ts'

it('makes no link where the server shows no pages, and says so', async () => {
  const { CreateSignInLink } = galleryHandlers({ hasGallery: false } as ControlDependencies)
  const call = { caller: { require: () => undefined } } as unknown as ControlCall
  const refused = await CreateSignInLink({}, call).then(undefined, answerTo)
  expect(refused).toMatchObject({ status: 400, name: 'UnsupportedCommandException' })
  expect(refused).toHaveProperty('message', expect.stringContaining('--gallery false'))
})
