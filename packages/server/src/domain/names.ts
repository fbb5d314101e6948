import type { Brand } from './brand.ts'
import { RegistryError } from './problem.ts'

/** Twelve digits: the owner of one registry. */
export type AccountId = Brand<string, 'AccountId'>
/** The first part of an image path `ALIAS/NAME`. */
export type RegistryAlias = Brand<string, 'RegistryAlias'>
/** 2 to 205 characters, lower case, `/` between namespaces (ECR Public, RepositoryName). */
export type RepositoryName = Brand<string, 'RepositoryName'>
/** 1 to 128 characters (Distribution Specification, "Pulling manifests"). */
export type Tag = Brand<string, 'Tag'>

const ACCOUNT_ID = /^[0-9]{12}$/
const ALIAS = /^[a-z][a-z0-9]+(?:[._-][a-z0-9]+)*$/
const REPOSITORY_NAME = /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/

export const isAccountId = (text: string): text is AccountId => ACCOUNT_ID.test(text)
export const isRegistryAlias = (text: string): text is RegistryAlias =>
  text.length >= 2 && text.length <= 50 && ALIAS.test(text)
export const isRepositoryName = (text: string): text is RepositoryName =>
  text.length >= 2 && text.length <= 205 && REPOSITORY_NAME.test(text)
export const isTag = (text: string): text is Tag => TAG.test(text)

/** Reads an account id. @throws RegistryError `accountIdInvalid` */
export function parseAccountId(text: string): AccountId {
  if (!isAccountId(text)) throw new RegistryError({ kind: 'accountIdInvalid', text })
  return text
}

/** Reads a registry's alias. @throws RegistryError `aliasInvalid` */
export function parseRegistryAlias(text: string): RegistryAlias {
  if (!isRegistryAlias(text)) throw new RegistryError({ kind: 'aliasInvalid', text })
  return text
}

/** Reads a repository's name. @throws RegistryError `nameInvalid` */
export function parseRepositoryName(text: string): RepositoryName {
  if (!isRepositoryName(text)) throw new RegistryError({ kind: 'nameInvalid', text })
  return text
}

/** Reads a tag. @throws RegistryError `tagInvalid` */
export function parseTag(text: string): Tag {
  if (!isTag(text)) throw new RegistryError({ kind: 'tagInvalid', text })
  return text
}

/** A registry as the caller named it, by the 12 digits of its account or by an alias, in words. */
export const registryNamed = (idOrAlias: string): string =>
  `registry with ${/^\d{12}$/.test(idOrAlias) ? 'id' : 'alias'} '${idOrAlias}'`
