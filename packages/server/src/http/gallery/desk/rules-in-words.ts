import { type Html, html } from '../html.ts'
import { fitting } from '../parts/fitting.ts'
import { rest } from '../parts/named-table.ts'
import { plain } from '../parts/text.ts'

/** Bytes that the rules of a page may take. */
const SHARE = 40_000

/** A rule of a lifecycle policy that was found sound, as its JSON has it. */
interface Rule {
  readonly rulePriority: number
  readonly description?: string
  readonly selection: {
    readonly tagStatus: 'tagged' | 'untagged' | 'any'
    readonly tagPrefixList?: readonly string[]
    readonly tagPatternList?: readonly string[]
    readonly countType: string
    readonly countNumber: number
  }
  readonly action: { readonly type: string }
}

/** The rules of a policy that is in force, one sentence each, in the order in which they are asked. */
export function rulesInWords(policyText: string): Html {
  const rules = rulesOf(policyText).sort((one, other) => one.rulePriority - other.rulePriority)
  const lines = rules.map(
    rule =>
      html`<li value="${rule.rulePriority}">${sentence(rule)}${rule.description !== undefined && html` <span class="quiet">${plain(rule.description, 200)}</span>`}</li>`,
  )
  const shown = fitting(lines, SHARE)
  return html`<ol class="lines">${shown}</ol>${rest({ items: shown, total: rules.length })}`
}

/** Finds the sentence of the rule of a priority; empty where the text has none. */
export function sentencesOf(policyText: string): (priority: number) => string {
  const sentences = new Map(rulesOf(policyText).map(rule => [rule.rulePriority, sentence(rule)]))
  return priority => sentences.get(priority) ?? ''
}

/** The text was parsed before it was stored or looked at. */
const rulesOf = (policyText: string): Rule[] => [...(JSON.parse(policyText) as { rules: readonly Rule[] }).rules]

function sentence({ selection, action }: Rule): string {
  const { tagStatus, tagPrefixList, tagPatternList, countType, countNumber } = selection
  const which = {
    any: 'Of all images',
    untagged: 'Of images without a tag',
    tagged: `Of images with ${tagsOf(tagPrefixList, tagPatternList)}`,
  }[tagStatus]
  const verb = action.type === 'expire' ? 'expire' : 'go to the archive, which here means that they stay'
  const days = `${countNumber} ${countNumber === 1 ? 'day' : 'days'}`
  switch (countType) {
    case 'imageCountMoreThan':
      return `${which} all but the newest ${countNumber} ${verb}.`
    case 'sinceImagePushed':
      return `${which} those that were pushed more than ${days} ago ${verb}.`
    case 'sinceImagePulled':
      return `${which} those that nobody has pulled for ${days} ${verb}.`
    default:
      return `${which} those of ${countType} ${countNumber} ${verb}.`
  }
}

function tagsOf(prefixes: readonly string[] = [], patterns: readonly string[] = []): string {
  const all = [...prefixes.map(each => `${each}*`), ...patterns].map(each => plain(each, 128))
  return all.length === 0 ? 'any tag' : all.length === 1 ? `a tag ${all[0]}` : `tags ${all.join(' and ')}`
}
