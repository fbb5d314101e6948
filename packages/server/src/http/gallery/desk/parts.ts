import { audit } from './audit.ts'
import { catalog } from './catalog.ts'
import type { DeskAsked, DeskParts, DeskRepositoryAsked } from './desk.ts'
import { binPart } from './images/bin-part.ts'
import { imagesPart } from './images/images-part.ts'
import { lifecycle } from './lifecycle.ts'
import { permissions } from './permissions.ts'
import { registrySettings } from './registry-settings.ts'
import { repositories } from './repositories.ts'
import { repositoryDesk } from './repository-desk.ts'
import { repositorySettings } from './repository-settings.ts'

/** What concerns the registry of whoever is signed in: `/-/manage/-/NAME`. */
export const REGISTRY_PARTS: DeskParts<DeskAsked> = {
  '': repositories,
  audit,
  settings: registrySettings,
}

/** What concerns one repository: `/-/manage/ALIAS/NAME/-/NAME`. */
export const REPOSITORY_PARTS: DeskParts<DeskRepositoryAsked> = {
  '': repositoryDesk,
  images: imagesPart,
  bin: binPart,
  catalog,
  settings: repositorySettings,
  lifecycle,
  permissions,
}
