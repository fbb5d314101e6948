import { nearestOf } from '../domain/nearest-of.ts'
import { RegistryError } from '../domain/problem.ts'

/** The actions that the audit log records, by the name of their API call where they have one. */
export const AUDIT_ACTIONS = [
  'BindPolicyPrincipals',
  'CreateAccessKey',
  'CreateAccount',
  'CreateAlias',
  'CreateBackup',
  'CreateRepository',
  'CreateUser',
  'DeleteAlias',
  'DeleteBlob',
  'DeleteImage',
  'DeleteLifecyclePolicy',
  'DeleteRepository',
  'DeleteRepositoryPolicy',
  'DeleteTag',
  'DeleteUser',
  'DeleteUserPolicy',
  'EnableAccessKey',
  'OverwriteTag',
  'PurgeImage',
  'PutLifecyclePolicy',
  'PutRegistryCatalogData',
  'PutRegistrySettings',
  'PutRepositoryCatalogData',
  'PutRepositorySettings',
  'PutUserPolicy',
  'RestoreBackup',
  'RestoreImage',
  'RevokeAccessKey',
  'RevokeSigningKey',
  'RotateSigningKey',
  'SetPrimaryAlias',
  'SetRepositoryPolicy',
  'TagResource',
  'UntagResource',
] as const

export type AuditAction = (typeof AUDIT_ACTIONS)[number]

/** Reads the action to list. @throws RegistryError `parameterInvalid` for one that is never recorded */
export function parseAuditAction(text: string): AuditAction {
  const found = AUDIT_ACTIONS.find(action => action === text)
  if (found !== undefined) return found
  const nearest = nearestOf(text, AUDIT_ACTIONS)
  const meant = nearest === undefined ? '' : ` (did you mean ${nearest}?)`
  throw new RegistryError({
    kind: 'parameterInvalid',
    member: 'action',
    constraint: `no action of this name is recorded${meant}; those that are: ${AUDIT_ACTIONS.join(', ')}`,
  })
}
