import type { ArgumentSpec } from '../../argv/parse-arguments.ts'
import type { DescribedOption } from '../help/layout.ts'

export type CleanOption = ArgumentSpec & DescribedOption

const flag = (name: string, documentation: string): CleanOption => ({
  name: `--${name}`,
  key: name,
  arity: 'none',
  bare: true,
  documentation,
})

const value = (name: string, form: string, documentation: string, more: Partial<CleanOption> = {}): CleanOption => ({
  name: `--${name}`,
  key: name,
  arity: 'one',
  form,
  documentation,
  ...more,
})

const list = (name: string, form: string, documentation: string) =>
  value(name, form, documentation, { arity: 'many', repeats: true })

export const DEFAULT_CONCURRENCY = 4
export const MOST_CONCURRENCY = 32

/** The options of `berth clean`, in the order of its help page. */
export const cleanOptions: readonly CleanOption[] = [
  list(
    'repository-name',
    'name or pattern',
    'The repositories to clean. In a pattern `*` is any text and `?` one character.',
  ),
  flag('all-repositories', 'Clean every repository of the registry.'),
  value('registry-id', 'account', "The account of the registry, when it is not the caller's own."),
  flag('untagged', 'Images without a tag.'),
  value(
    'older-than',
    'duration',
    'Images that were pushed longer ago than this: a number and s, m, h, d or w, such as 30d.',
  ),
  value(
    'not-pulled-since',
    'duration',
    'Images that were not pulled for as long as this; one that never was counts from its push, and an index was pulled when an image that it lists was. Only berth servers know when images were pulled.',
  ),
  list(
    'tag',
    'pattern',
    'Images with a tag that matches one of the patterns. Where an image has other tags too, only the matching tags are taken and the image stays.',
  ),
  list(
    'not-tag',
    'pattern',
    'Never an image with a tag that matches one of the patterns, whatever its other tags are.',
  ),
  value(
    'keep',
    'number',
    'Never the newest so many: of each pattern of --tag the newest with a matching tag, without --tag the newest of all (with --untagged: of the untagged ones). What --not-tag protects is not counted, nor are untagged images that belong to another.',
    { integer: true },
  ),
  value(
    'rule',
    'file',
    "Images that the rules of a lifecycle policy expire. The file holds the policy's JSON in the grammar of Amazon ECR.",
  ),
  flag('dry-run', 'Only show what would be deleted.'),
  flag('yes', 'Delete without asking.'),
  value(
    'concurrency',
    'number',
    `How many requests are under way at once: ${DEFAULT_CONCURRENCY} unless this says otherwise, ${MOST_CONCURRENCY} at most.`,
    { integer: true },
  ),
]
