import fc from 'fast-check'

// CI must say the same of the same commit: there, properties are tried on the same values every time. Elsewhere each
// run tries new ones, and a failure prints the seed to repeat it with.
if (process.env['CI'] !== undefined) fc.configureGlobal({ seed: 20_261_123 })

// The SDK's advice on Node versions, at each start, is for those who choose them.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
