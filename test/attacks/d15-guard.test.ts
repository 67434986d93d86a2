import { principalOf, protect, sallyport } from '@sallyport/express'
import express from 'express'
import { describe, expect, test } from 'vitest'
import { serve, ways } from '../flows/application.ts'
import { browser, sendOver } from '../flows/client.ts'
import { house } from '../flows/house.ts'

const odd = [
  '/documents/1',
  '/documents/1/',
  '//documents/1',
  '/DOCUMENTS/1',
  '/%64ocuments/1',
  '/documents/%31',
  '/documents//1',
  '/./documents/1',
  '/x/../documents/1',
  '/documents/1?',
  '/documents/1#x',
  '/documents/1;x=1',
  '/documents%2f1',
  '/documents/1%00',
  '/documents/1%0d%0a',
  '/documents/..%2f1',
  '/documents/1?token=',
  '/documents/1?token=x',
  '/auth/../documents/1',
  '/auth/..%2fdocuments/1',
  '/auth%2f../documents/1',
  '/auth/session/../../documents/1',
  '/authdocuments/1',
  '/documents/auth/login',
  '/public/../documents/1',
  '/documents/1/../1',
  '\\documents\\1',
  '/documents\\1',
  '/%2e/documents/1',
  '/documents/1%20',
  'http://evil.example/documents/1',
  'http://evil.example//documents/1',
]

describe('D15: the guard stands at the handler', () => {
  test.each(['Express 5', 'Express 4'] as const)('on %s no way to write the path leads around it', async (way) => {
    const { auth } = await house()
    const send = await ways[way](auth)
    for (const path of odd) {
      for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'get', 'OPTIONS', 'PROPFIND', 'TRACE']) {
        const answer = await send({ method, path }).catch(() => undefined)
        const isIn = answer !== undefined && answer.status < 300 && method !== 'OPTIONS'
        expect([method, path, isIn]).toEqual([method, path, false])
        expect(answer?.text ?? '').not.toContain('"by"')
      }
    }
  })

  test('an override of the method changes what is wanted, not who wants it', async () => {
    const { auth } = await house()
    const send = await ways['Express 5'](auth)
    const page = browser(send)
    await page.logIn()
    for (const header of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
      const answer = await page.send('POST', '/auth/session', undefined, {
        [header]: 'GET',
        'sec-fetch-site': 'cross-site',
        origin: 'https://evil.example',
      })
      expect(answer.json['code']).toBe('cross_site_request')
    }
  })

  test('mounted below a path, the guard and the routes are where they should be', async () => {
    const { auth } = await house()
    const app = express()
    const inner = express.Router()
    inner.use(sallyport(auth))
    inner.get(
      '/documents/:id',
      protect('documents:read'),
      (req, res) => void res.json({ by: principalOf(req).user.username }),
    )
    app.use('/api', inner)
    app.get('/documents/:id', protect(), (_req, res) => void res.json({ by: 'nobody' }))
    const send = sendOver((await serve(app)).url)
    const page = browser(send)
    const answer = await page.send('POST', '/api/auth/login', {
      username: 'ann',
      password: 'correct horse battery staple',
    })
    expect(answer.status).toBe(200)
    expect((await page.send('GET', '/api/documents/1')).json).toEqual({ by: 'ann' })
    expect((await browser(send).send('GET', '/api/documents/1')).status).toBe(401)
    // A guard in front of which nothing was installed lets nobody pass, logged in or not.
    expect((await page.send('GET', '/documents/1')).status).toBe(500)
    expect((await page.send('GET', '/auth/session')).status).toBe(404)
  })

  test('what another middleware writes into the request gives nobody rights', async () => {
    const { auth } = await house()
    const app = express()
    app.use((req, _res, next) => {
      Object.assign(req, {
        auth: { user: { id: 'root' }, permissions: ['documents:read'] },
        user: { id: 'root' },
        session: {},
      })
      next()
    })
    app.use(sallyport(auth))
    app.get('/documents/:id', protect('documents:read'), (_req, res) => void res.json({ by: 'root' }))
    const send = sendOver((await serve(app)).url)
    expect((await send({ method: 'GET', path: '/documents/1' })).status).toBe(401)
  })

  test('a URL that is rewritten after sallyport does not change who asks', async () => {
    const { auth } = await house()
    const app = express()
    app.use(sallyport(auth))
    app.use((req, _res, next) => {
      req.url = '/documents/1'
      next()
    })
    app.get('/documents/:id', protect(), (_req, res) => void res.json({ by: 'x' }))
    const send = sendOver((await serve(app)).url)
    for (const path of ['/public', '/anything?token=x', '/auth', '/authx']) {
      const answer = await send({ method: 'GET', path })
      expect([401, 404]).toContain(answer.status)
    }
  })
})
