import { service } from '@berth/model'
import type { CommandEntry } from './command.ts'
import { ecrPublic } from './ecr-public/ecr-public.ts'

/** The commands of the program, in the order that errors and completion list them. */
export const commands: readonly CommandEntry[] = [
  { name: service.cliName, asks: 'registries', load: async () => ecrPublic },
  { name: 'images', asks: 'berth', load: async () => (await import('./images/images.ts')).images },
  { name: 'settings', asks: 'berth', load: async () => (await import('./settings.ts')).settings },
  { name: 'lifecycle', asks: 'berth', load: async () => (await import('./lifecycle/lifecycle.ts')).lifecycle },
  { name: 'audit', asks: 'berth', load: async () => (await import('./audit.ts')).audit },
  { name: 'gallery', asks: 'berth', load: async () => (await import('./gallery/gallery.ts')).gallery },
  { name: 'clean', asks: 'registries', load: async () => (await import('./clean/clean.ts')).clean },
  { name: 'configure', asks: 'nobody', load: async () => (await import('./configure/configure.ts')).configure },
  {
    name: 'docker-credential',
    asks: 'registries',
    load: async () => (await import('./docker-credential/docker-credential.ts')).dockerCredential,
  },
  {
    name: 'completion',
    asks: 'nobody',
    load: async () => (await import('./completion/completion.ts')).completion(commands),
  },
]
