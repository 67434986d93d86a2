import {
  type Attributes,
  type Context,
  context,
  type Histogram,
  metrics,
  type Span,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { failures } from './audit-record.ts'
import { eventChannel, type Work, workChannels, type WorkMessage } from './diagnostics.ts'
import type { AuthEvent } from './events.ts'

/** By what the spans and metrics of this package are known to have made them. */
const scope = '@sallyport/core'
/** In seconds, as the semantic conventions have it, from a look into memory to a password that waits. */
const boundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Anything else that a client makes up would be a series of its own. */
const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])

type Describe<Name extends keyof Work> = (message: WorkMessage<Name>) => Attributes

/** What is said of each piece of work, in its span and in its measurement alike. */
const attributesOf: { readonly [Name in keyof Work]: Describe<Name> } = {
  request: ({ method, route, status }) => ({
    'http.request.method': methods.has(method) ? method : '_OTHER',
    ...(route !== undefined && { 'http.route': route }),
    ...(status !== undefined && { 'http.response.status_code': status }),
  }),
  authenticate: ({ status, code }) => ({
    ...(status !== undefined && { 'sallyport.status': status }),
    ...(code !== undefined && { 'sallyport.code': code }),
  }),
  storage: ({ operation, kind }) => ({
    'sallyport.operation': operation,
    ...(kind !== undefined && { 'sallyport.kind': kind }),
  }),
  password: ({ operation }) => ({ 'sallyport.operation': operation }),
  provider: ({ provider }) => ({ 'sallyport.provider': provider }),
}

interface Running {
  readonly span: Span
  readonly startedAt: number
}

/**
 * Makes OpenTelemetry spans and metrics of what Sallyport does in this process, by the providers that are registered with
 * `@opentelemetry/api`. Their names are fixed: `docs/observability.md` lists them. Ends with the function it returns.
 */
export function startTelemetry(): () => void {
  const meter = metrics.getMeter(scope)
  const events = meter.createCounter('sallyport.events', { unit: '{event}', description: 'Events, by their type.' })

  function countEvent(message: unknown): void {
    const { type } = message as AuthEvent
    events.add(1, { 'sallyport.event': type, 'sallyport.outcome': failures.has(type) ? 'failure' : 'success' })
    trace.getActiveSpan()?.addEvent(`sallyport.${type}`)
  }

  const names = Object.keys(attributesOf) as (keyof Work)[]
  const ends = names.map((name) => {
    const duration = meter.createHistogram(`sallyport.${name}.duration`, {
      unit: 's',
      description: `How long it took: ${name}.`,
      advice: { explicitBucketBoundaries: boundaries },
    })
    return watch(name, duration)
  })
  eventChannel.subscribe(countEvent)
  return () => {
    eventChannel.unsubscribe(countEvent)
    for (const end of ends) end()
  }
}

function watch<Name extends keyof Work>(name: Name, duration: Histogram): () => void {
  const tracer = trace.getTracer(scope)
  const running = new WeakMap<object, Running>()
  const describe: Describe<Name> = attributesOf[name]

  function start(message: unknown): void {
    const work = message as WorkMessage<Name>
    const span = tracer.startSpan(`sallyport.${name}`)
    running.set(work, { span, startedAt: performance.now() })
    const inside: Context = trace.setSpan(context.active(), span)
    work.within = (run) => context.with(inside, run)
  }

  function end(message: unknown): void {
    const work = message as WorkMessage<Name>
    const { span, startedAt = 0 } = running.get(work) ?? {}
    // It had begun before anybody watched.
    if (span === undefined) return
    const { error } = work
    const attributes = { ...describe(work), ...(error !== undefined && { 'error.type': typeOf(error) }) }
    span.setAttributes(attributes)
    // Without its message, which may tell what no trace should keep.
    if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end()
    duration.record((performance.now() - startedAt) / 1000, attributes)
  }

  const channels = workChannels[name]
  channels.start.subscribe(start)
  channels.asyncEnd.subscribe(end)
  return () => {
    channels.start.unsubscribe(start)
    channels.asyncEnd.unsubscribe(end)
  }
}

function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
