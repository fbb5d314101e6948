import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseS3Url } from './parse-s3-url.ts'

describe('parseS3Url', () => {
  it('takes Amazon S3 and what its tools are set to, unless it is told otherwise', () => {
    expect(parseS3Url('s3://my-bucket')).toEqual({
      bucket: 'my-bucket',
      prefix: '',
      endpoint: undefined,
      region: undefined,
      pathStyle: false,
      partMiB: 8,
    })
  })

  it('addresses a store with an endpoint of its own by path', () => {
    const url = 's3://my-bucket/registry/blobs?endpoint=https://s3.example.com:9000'
    expect(parseS3Url(url)).toEqual({
      bucket: 'my-bucket',
      prefix: 'registry/blobs/',
      endpoint: 'https://s3.example.com:9000',
      region: 'us-east-1',
      pathStyle: true,
      partMiB: 8,
    })
  })

  it('takes what it is told', () => {
    const url = 's3://my.bucket/p/?endpoint=http%3A%2F%2F[::1]:8080&region=eu-west-3&pathStyle=false&partMiB=16'
    expect(parseS3Url(url)).toEqual({
      bucket: 'my.bucket',
      prefix: 'p/',
      endpoint: 'http://[::1]:8080',
      region: 'eu-west-3',
      pathStyle: false,
      partMiB: 16,
    })
  })

  it.each([
    ['bucket/prefix', 'not of the form s3://bucket/prefix?'],
    ['http://bucket', 'not of the form s3://'],
    ['s3://', '"" is not the name of a bucket'],
    ['s3://B', '"B" is not the name of a bucket'],
    ['s3://my-bucket:9000', 'the port belongs into the endpoint'],
    ['s3://AKIA:secret@my-bucket', 'credentials belong in AWS_ACCESS_KEY_ID'],
    ['s3://my-bucket#x', 'nothing after a #'],
    ['s3://my-bucket//a', 'is not a prefix'],
    ['s3://my-bucket/a%20b', '"a b/" is not a prefix'],
    ['s3://my-bucket/%ff', 'is not a prefix'],
    ['s3://my-bucket?endpoint=s3.example.com', 'the endpoint is not http://'],
    ['s3://my-bucket?endpoint=https://s3.example.com/path', 'is not http:// or https:// with a host'],
    ['s3://my-bucket?endpoint=https://user:pass@s3.example.com', 'is not http:// or https:// with a host'],
    ['s3://my-bucket?region=', '"" is not the name of a region'],
    ['s3://my-bucket?pathStyle=yes', 'pathStyle is true or false'],
    ['s3://my-bucket?partMiB=4', 'partMiB is a whole number from 5 to 1024'],
    ['s3://my-bucket?partMiB=5.5', 'partMiB is a whole number'],
    ['s3://my-bucket?region=a&region=b', 'region is given more than once'],
    ['s3://my-bucket?Region=a', 'there is no parameter "Region", only endpoint, region, pathStyle, partMiB'],
  ])('refuses %s', (text, message) => {
    expect(() => parseS3Url(text)).toThrow(message)
  })

  it('names everything that is wrong at once, but no secret', () => {
    const parse = () => parseS3Url('s3://AKIA:hunter2@B?partMiB=0&pathStyle=1')
    expect(parse).toThrow(/credentials.*bucket.*pathStyle.*partMiB/)
    expect(parse).not.toThrow('hunter2')
  })

  it('gives back the prefix that it was given, with one slash at its end', () => {
    const segment = fc.stringMatching(/^[\w.!*'()=,@:-]+$/).filter(text => !/^\.\.?$/.test(text))
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), fc.constantFrom('', '/'), (segments, end) => {
        const path = segments.map(encodeURIComponent).join('/')
        expect(parseS3Url(`s3://my-bucket/${path}${end}`).prefix).toBe(`${segments.join('/')}/`)
      }),
    )
  })
})
