import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { documentOfAll, type OpenApi, type Operation } from '../../client/sources.ts'
import { type Schema, typeOf } from '../../client/typescript.ts'
import { root } from '../../run.ts'
import type { ReferencePage } from './reference.ts'

/** The OpenAPI document of an installation that has everything, as it is served. */
export function openApiText(): string {
  return `${JSON.stringify(documentOfAll(), null, 2)}\n`
}

/** The same for people: what each route takes and answers. */
export function openApiPage(): ReferencePage {
  const document = documentOfAll()
  const title = 'OpenAPI'
  const sections = document.tags.flatMap(({ name }) => [`## ${name}`, ...operationsOf(document, name)])
  const shapes = readFileSync(join(root, 'packages/client/src/wire/shapes.ts'), 'utf8')
    .replace(/^\/\/.*\n/, '')
    .trim()
  const about =
    'Generated from the OpenAPI 3.1 document that each installation serves of itself, as `GET /auth/openapi.json`. That of an installation which has ' +
    'everything is `/openapi.json` beside this page. What the routes are for, and who may call them: [routes](../http.md).'
  const text = [`# ${title}`, about, ...sections, '## Shapes', `\`\`\`ts\n${shapes}\n\`\`\``, ''].join('\n\n')
  return { path: 'api/openapi.md', title, about: 'Every route as `GET /auth/openapi.json` describes it', text }
}

function operationsOf({ paths }: OpenApi, tag: string): readonly string[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([, { tags }]) => tags.includes(tag))
      .map(([method, operation]) => {
        const { summary, description } = operation
        return [
          `### ${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
          `${summary}. ${description}`,
          sentBy(operation),
          answered(operation),
        ]
          .filter((part) => part !== '')
          .join('\n\n')
      }),
  )
}

function sentBy({ parameters, requestBody }: Operation): string {
  const [[type, body] = ['', undefined]] = Object.entries(requestBody?.content ?? {})
  const { properties = {}, required = [] } = (body?.schema ?? {}) as {
    readonly properties?: Readonly<Record<string, Schema>>
    readonly required?: readonly string[]
  }
  const rows = [
    ...parameters.map((one) => [one.name, one.in, one.in === 'path', one.schema] as const),
    ...Object.entries(properties).map(
      ([name, of]) => [name, type.includes('form') ? 'form' : 'body', required.includes(name), of] as const,
    ),
  ]
  const lines = rows.map(([name, where, isNeeded, of]) => {
    return `| \`${name}\` | ${where} | ${isNeeded ? 'yes' : ''} | \`${typeOf(of).replaceAll('|', '\\|')}\` |`
  })
  return lines.length === 0 ? '' : ['| sent | in | needed | type |', '| --- | --- | --- | --- |', ...lines].join('\n')
}

function answered({ responses }: Operation): string {
  const lines = Object.entries(responses).map(([status, response]) => {
    if (response.$ref !== undefined) {
      const codes = response.$ref.split('.').slice(1)
      return `| ${status} | ${codes.map((code) => `\`${code}\``).join(', ')} |`
    }
    const types = Object.entries(response.content ?? {}).map(([media, { schema }]) => {
      return media.endsWith('json') ? `\`${typeOf(schema).replaceAll('|', '\\|')}\`` : media
    })
    return `| ${status} | ${types.join(', ') || response.description} |`
  })
  return ['| answered | |', '| --- | --- |', ...lines].join('\n')
}
