import { randomInt } from 'node:crypto'
import { type AccountId, isRegistryAlias, parseAccountId, type RegistryAlias } from '../../domain/names.ts'

/** Makes an account id: twelve random digits. */
export const randomAccountId = (): AccountId => parseAccountId(randomText(12, '0123456789'))

/** Makes an alias of eight characters, a letter first, as ECR Public gives them: `p8v8e7e5`. */
export function randomAlias(): RegistryAlias {
  const letters = 'abcdefghijklmnopqrstuvwxyz'
  const alias = randomText(1, letters) + randomText(7, `${letters}0123456789`)
  return isRegistryAlias(alias) ? alias : randomAlias()
}

function randomText(length: number, characters: string): string {
  return Array.from({ length }, () => characters[randomInt(characters.length)]).join('')
}
