export { type Expiry, evaluateLifecycle, type LifecycleImage } from './evaluate.ts'
export { type ParsedPolicy, parseLifecyclePolicy } from './parse-policy.ts'
export type {
  CountSelection,
  LifecyclePolicy,
  LifecycleRule,
  LifecycleSelection,
  PolicyFault,
  TagSelection,
} from './policy.ts'
