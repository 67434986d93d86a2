import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { context, metrics, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { Storage } from '@sallyport/core'
import { startTelemetry } from '@sallyport/core/telemetry'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { bearing, house, origin } from '../auth-house.ts'
import { goodPassword, memoryStorage } from '../house.ts'
import { evidence, standIn } from '../third-party/stand-in.ts'
import { createBrowser } from '../third-party/house.ts'

const spans = new InMemorySpanExporter()
const measured = new InMemoryMetricExporter(AggregationTemporality.DELTA)
const meters = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter: measured })] })
let stop: () => void

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] }))
  metrics.setGlobalMeterProvider(meters)
  stop = startTelemetry()
})
afterAll(async () => {
  stop()
  await meters.shutdown()
})
beforeEach(async () => {
  await meters.forceFlush()
  measured.reset()
  spans.reset()
})

const finished = (name: string): ReadableSpan[] => spans.getFinishedSpans().filter((span) => span.name === name)
const only = (name: string): ReadableSpan => {
  const [span, ...more] = finished(name)
  return span !== undefined && more.length === 0 ? span : expect.fail(`${finished(name).length} spans are ${name}`)
}

/** What was measured since the test began: by instrument, how often with which attributes. */
async function measurements(): Promise<Record<string, unknown[]>> {
  await meters.forceFlush()
  const all = measured.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics: list }) => list))
  return Object.fromEntries(
    all.map(({ descriptor, dataPoints }) => [
      descriptor.name,
      dataPoints.map(({ attributes, value }) => [attributes, typeof value === 'number' ? value : value.count]),
    ]),
  )
}

const logIn = (username: string, password: string): Request =>
  new Request(`${origin}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password, returnToken: true }),
  })

describe('OpenTelemetry, with the real SDK', () => {
  test('a request is a span of its route, and what it does are spans below it', async () => {
    const { auth } = await house()
    spans.reset()
    await auth.handle(logIn('ann', goodPassword))
    const request = only('sallyport.request')
    expect(request.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/login',
      'http.response.status_code': 200,
    })
    expect(request.parentSpanContext).toBeUndefined()
    const { spanId, traceId } = request.spanContext()
    const others = spans.getFinishedSpans().filter((span) => span !== request)
    expect(others.length).toBeGreaterThan(3)
    for (const span of others) expect(span.spanContext().traceId).toBe(traceId)
    for (const span of others) expect(span.parentSpanContext?.spanId).toBe(spanId)
    expect(finished('sallyport.password').map(({ attributes }) => attributes['sallyport.operation'])).toEqual([
      'wait',
      'verify',
    ])
    expect(finished('sallyport.storage').map(({ attributes }) => attributes)).toContainEqual({
      'sallyport.operation': 'insert',
      'sallyport.kind': 'session',
    })
    expect(request.events.map(({ name }) => name)).toContain('sallyport.login.succeeded')
  })

  test('what drivers trace stands below the call of the storage', async () => {
    const memory = memoryStorage()
    const storage: Storage = {
      ...memory,
      get: (kind, id) =>
        trace.getTracer('driver').startActiveSpan('SELECT', (span) => memory.get(kind, id).finally(() => span.end())),
    }
    const { auth } = await house({ storage })
    spans.reset()
    await auth.users.find('nobody')
    const calls = finished('sallyport.storage').map((span) => span.spanContext().spanId)
    expect(finished('SELECT').length).toBeGreaterThan(0)
    for (const { parentSpanContext } of finished('SELECT')) expect(calls).toContain(parentSpanContext?.spanId)
  })

  test('a token is a span that says what it was worth', async () => {
    const { auth, logIn: enter } = await house()
    const { token } = await enter()
    spans.reset()
    await auth.authenticate(bearing(token))
    expect(only('sallyport.authenticate').attributes).toEqual({ 'sallyport.status': 'unlocked' })
    expect(only('sallyport.storage').attributes).toEqual({
      'sallyport.operation': 'getWithOwner',
      'sallyport.kind': 'session',
    })
    spans.reset()
    await auth.authenticate(bearing('made up'))
    expect(only('sallyport.authenticate').attributes).toEqual({
      'sallyport.status': 'refused',
      'sallyport.code': 'invalid_token',
    })
  })

  test('a call of a provider is a span, also one that fails', async () => {
    const acme = standIn('acme', { onFirstLogin: 'create' })
    const home = await house({ providers: [acme] })
    acme.codes.set('right', evidence())
    acme.codes.set('broken', async () => Promise.reject(new Error('canary of the provider')))
    const browser = createBrowser(home)
    spans.reset()
    await browser.logIn('acme', 'right')
    expect(finished('sallyport.provider').map(({ attributes, status }) => [attributes, status.code])).toEqual([
      [{ 'sallyport.provider': 'acme' }, SpanStatusCode.UNSET],
      [{ 'sallyport.provider': 'acme' }, SpanStatusCode.UNSET],
    ])
    spans.reset()
    await browser.logIn('acme', 'broken')
    const failed = finished('sallyport.provider').at(-1)
    expect(failed?.status).toEqual({ code: SpanStatusCode.ERROR })
    expect(failed?.attributes).toEqual({ 'sallyport.provider': 'acme', 'error.type': 'Error' })
  })

  test('a storage that fails is a span with the kind of its error, and without its message', async () => {
    const { auth, failing, logIn: enter } = await house()
    const { token } = await enter()
    failing.fail('reject')
    spans.reset()
    await expect(auth.authenticate(bearing(token))).rejects.toMatchObject({ code: 'unavailable' })
    const storage = only('sallyport.storage')
    expect(storage.status).toEqual({ code: SpanStatusCode.ERROR })
    expect(storage.attributes).toMatchObject({ 'error.type': 'unavailable' })
    expect(storage.events).toEqual([])
  })

  test('metrics count events and measure each kind of work, by few attributes', async () => {
    const { auth } = await house()
    await meters.forceFlush()
    measured.reset()
    await auth.handle(logIn('ann', goodPassword))
    await auth.handle(logIn('ann', 'wrong horse battery staple'))
    await auth.handle(logIn('ann', 'wrong horse battery staple'))
    const all = await measurements()
    expect(all['sallyport.events']).toContainEqual([
      { 'sallyport.event': 'password.failed', 'sallyport.outcome': 'failure' },
      2,
    ])
    const route = { 'http.request.method': 'POST', 'http.route': '/login' }
    expect(all['sallyport.request.duration']).toEqual([
      [{ ...route, 'http.response.status_code': 200 }, 1],
      [{ ...route, 'http.response.status_code': 401 }, 2],
    ])
    expect(all['sallyport.password.duration']).toContainEqual([{ 'sallyport.operation': 'verify' }, 3])
    expect(all['sallyport.storage.duration']?.length).toBeGreaterThan(2)
  })

  test('a method that a client has made up is no series of its own', async () => {
    const { auth } = await house()
    spans.reset()
    await auth.handle(new Request(`${origin}/auth/session`, { method: 'MADEUP' }))
    expect(only('sallyport.request').attributes).toEqual({
      'http.request.method': '_OTHER',
      'http.response.status_code': 405,
    })
  })

  test('D20: no span and no metric holds a token, a password, an id, a name or an address', async () => {
    const { auth, ann } = await house()
    measured.reset()
    spans.reset()
    const answer = await auth.handle(logIn('ann', goodPassword), { address: '203.0.113.7' })
    const { token, session } = JSON.parse((await answer?.text()) ?? '') as { token: string; session: { id: string } }
    await auth.handle(bearing(token, '/auth/sessions'), { address: '203.0.113.7' })
    const told = JSON.stringify([
      spans.getFinishedSpans().map(({ name, attributes, events, status }) => [name, attributes, events, status]),
      await measurements(),
    ])
    for (const secret of [token, goodPassword, ann.id, session.id, '203.0.113', '"ann"'])
      expect(told).not.toContain(secret)
  })

  test('the names are those that are documented', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../../../docs/observability.md'), 'utf8')
    const rows = (section: string): string[] => {
      const [, table = ''] = new RegExp(`^\\| ${section} \\|.*\\n((?:\\|.*\\n)+)`, 'm').exec(page) ?? []
      return [...table.matchAll(/^\| `([\w.]+)` \|/gm)].map(([, name = '']) => name).sort()
    }
    const acme = standIn('acme', { onFirstLogin: 'create' })
    acme.codes.set('right', evidence())
    const home = await house({ providers: [acme] })
    await createBrowser(home).logIn('acme', 'right')
    await home.auth.authenticate(bearing('made up'))
    const made = new Set(spans.getFinishedSpans().map(({ name }) => name))
    expect([...made].sort()).toEqual(rows('span'))
    expect(Object.keys(await measurements()).sort()).toEqual(rows('metric'))
  })

  test('when it is stopped, nothing is made any more', async () => {
    const { auth } = await house()
    stop()
    try {
      spans.reset()
      await auth.handle(logIn('ann', goodPassword))
      expect(spans.getFinishedSpans()).toEqual([])
    } finally {
      stop = startTelemetry()
    }
  })
})
