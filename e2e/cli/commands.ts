/**
 * The command lines that `compare.test.ts` gives to both programs, words apart by blanks. Words in angle brackets stand
 * for what only the prepared registry knows.
 */

const READ = '--repository-name read/web'
const ABSENT = `sha256:${'0'.repeat(64)}`
const FORMATS = ['json', 'text', 'table', 'yaml', 'yaml-stream']

/** Command lines that change nothing, and so may run in any order. */
export const reads: readonly string[] = [
  // Output: every format of flat, nested and empty answers.
  ...FORMATS.map(format => `describe-images ${READ} --output ${format}`),
  `describe-registries`,
  `describe-registries --output text`,
  `batch-check-layer-availability ${READ} --layer-digests <layer> ${ABSENT}`,
  `batch-check-layer-availability ${READ} --layer-digests <layer> ${ABSENT} --output table`,
  ...FORMATS.map(format => `get-repository-catalog-data ${READ} --output ${format}`),
  `describe-image-tags --repository-name read/bare`,
  `describe-image-tags --repository-name read/bare --output table`,
  `describe-repositories --repository-names read/web read/bare`,
  `get-registry-catalog-data`,
  `get-repository-policy ${READ}`,
  `get-repository-policy ${READ} --output text`,
  `list-tags-for-resource --resource-arn <arn>:repository/read/web`,
  `list-tags-for-resource --resource-arn <arn>:repository/read/web --output table`,

  // Queries.
  `describe-images ${READ} --query sort_by(imageDetails,&imageSizeInBytes)[].[imageDigest,imageTags]`,
  `describe-images ${READ} --query imageDetails[?contains(imageTags||\`[]\`,'v1')].imageSizeInBytes|[0] --output text`,
  `describe-images ${READ} --query imageDetails[].{digest:imageDigest,tags:imageTags} --output table`,
  `describe-registries --query registries[0].aliases[].name --output text`,
  `describe-registries --query length(registries) --output yaml`,
  `describe-registries --query nothing.like.this`,
  `describe-registries --query registries[`,
  `describe-registries --query no_such(registries)`,

  // Paging.
  `describe-image-tags ${READ} --page-size 1 --query imageTagDetails[].imageTag`,
  `describe-image-tags ${READ} --page-size 1 --output text`,
  `describe-image-tags ${READ} --max-items 2`,
  `describe-image-tags ${READ} --max-results 1 --query imageTagDetails[].imageTag`,
  `describe-image-tags ${READ} --no-paginate --output yaml`,
  `describe-image-tags ${READ} --no-paginate --max-items 1`,
  `describe-image-tags ${READ} --starting-token not-a-token`,
  `describe-images ${READ} --page-size 1 --max-items 2 --output table`,
  `describe-repositories --page-size 1 --max-items 2`,
  `describe-repositories --page-size 0`,

  // Skeletons and other inputs.
  `batch-delete-image --generate-cli-skeleton`,
  `batch-delete-image ${READ} --image-ids imageTag=v1 --generate-cli-skeleton output`,
  `put-repository-catalog-data --generate-cli-skeleton input`,
  `upload-layer-part --generate-cli-skeleton input`,
  `describe-images --cli-input-json {"repositoryName":"read/web","imageIds":[{"imageTag":"v2"}]}`,
  `describe-images --cli-input-yaml file://input.yaml`,
  `describe-images ${READ} --cli-input-json {"repositoryName":"read/bare"}`,
  `describe-images --cli-input-json {"repositoryName":1}`,
  `describe-images --cli-input-json [`,

  // What the service refuses, as an error or as a row of `failures`.
  `batch-delete-image ${READ} --image-ids imageTag=absent imageDigest=${ABSENT} imageDigest=sha256:nope {}`,
  `batch-delete-image ${READ} --image-ids imageTag=absent imageDigest=${ABSENT} imageDigest=sha256:nope`,
  `batch-delete-image ${READ} --image-ids imageTag=absent --output table`,
  `batch-delete-image ${READ} --image-ids imageTag=absent --output text --query failures[].failureCode`,
  `batch-delete-image ${READ} --image-ids [{"imageTag":"v1","imageDigest":"${ABSENT}"}]`,
  `batch-check-layer-availability ${READ} --layer-digests nonsense`,
  `create-repository ${READ}`,
  `create-repository --repository-name Not_Valid!`,
  `delete-repository ${READ}`,
  `delete-repository-policy --repository-name read/bare`,
  `describe-images ${READ} --image-ids imageTag=absent`,
  `describe-images --repository-name not/there`,
  `describe-images ${READ} --registry-id 999999999999`,
  `describe-images ${READ} --region eu-west-1`,
  `describe-images ${READ} --no-sign-request`,
  `get-repository-catalog-data --repository-name read/bare`,
  `get-repository-policy --repository-name read/bare`,
  `initiate-layer-upload --repository-name not/there`,
  `list-tags-for-resource --resource-arn arn:aws:ecr-public::1:repository/x`,
  `put-image ${READ} --image-manifest {}`,
  `put-image ${READ} --image-manifest file://manifest.json --image-tag v1`,
  `set-repository-policy ${READ} --policy-text nonsense`,
  `complete-layer-upload ${READ} --upload-id 00000000-0000-4000-8000-000000000000 --layer-digests ${ABSENT}`,

  // What the program refuses.
  `batch-delete-image ${READ}`,
  `batch-delete-image ${READ} --image-ids`,
  `batch-delete-image ${READ} --image-ids imageTag`,
  `batch-delete-image ${READ} --image-ids imageTag=a,imageTag=b`,
  `batch-delete-image ${READ} --image-ids tag=a`,
  `batch-delete-image ${READ} --image-ids file://absent.json`,
  `batch-delete-images ${READ}`,
  `describe-images ${READ} --output xml`,
  `describe-images ${READ} --no-such-option x`,
  `upload-layer-part ${READ} --upload-id x --part-first-byte 0 --part-last-byte z --layer-part-blob AA==`,
]

/** Command lines that change the registry. Each has a repository of its own, so that these too may run in any order. */
export const changes: readonly string[] = [
  `batch-delete-image --repository-name change/by-digest --image-ids imageDigest=<v1>`,
  `batch-delete-image --repository-name change/by-tag --image-ids imageTag=v1`,
  `batch-delete-image --repository-name change/last-tag --image-ids imageTag=v2 --output yaml`,
  `batch-delete-image --repository-name change/several --image-ids imageTag=latest imageDigest=<v2> imageTag=absent`,
  `batch-delete-image --repository-name change/json --image-ids file://ids.json --output text`,
  `batch-delete-image --repository-name change/account --registry-id <account> --image-ids imageDigest=<v1> --output table`,
  `complete-layer-upload --repository-name change/complete --upload-id <upload:change/complete> --layer-digests <part>`,
  `delete-repository --repository-name change/delete --force`,
  `delete-repository-policy --repository-name change/policy --output text`,
  `put-image --repository-name change/put --image-manifest file://manifest.json --image-tag again`,
  `put-registry-catalog-data --display-name Somebody`, // its name already: others read it
  `put-repository-catalog-data --repository-name change/catalog --catalog-data description=new,architectures=ARM,x86`,
  `set-repository-policy --repository-name change/set-policy --policy-text file://policy.json`,
  `tag-resource --resource-arn <arn>:repository/change/tag --tags Key=team,Value=web Key=empty,Value=`,
  `untag-resource --resource-arn <arn>:repository/change/untag --tag-keys owner`,
  `upload-layer-part --repository-name change/part --upload-id <upload:change/part> --part-first-byte 0 --part-last-byte 3 --layer-part-blob fileb://part`,
]

/** Command lines of whose answer the service makes a part up: the time, an id or a token. */
export const inventions: readonly string[] = [
  `create-repository --repository-name new/repository --tags Key=team,Value=web`,
  `create-repository --repository-name new/described --catalog-data {"description":"a_b","operatingSystems":["Linux"]}`,
  `initiate-layer-upload --repository-name change/initiate`,
  `get-authorization-token`,
  `get-authorization-token --output text --query authorizationData.expiresAt`,
  `get-login-password`,
]

/** The repositories that commands with this prefix name. */
export const repositoriesOf = (prefix: string): string[] => {
  const names = [...reads, ...changes, ...inventions].flatMap(
    command => command.match(new RegExp(`(?<=name |repository/)${prefix}/[a-z-]+`, 'g')) ?? [],
  )
  return [...new Set(names)].sort()
}
