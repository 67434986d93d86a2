import type { DatabaseSync } from 'node:sqlite'
import type { User, UserDirectory } from '@sallyport/core'

/** The people of our shop, whom Sallyport only reads. */
export function people(database: DatabaseSync): UserDirectory {
  const columns = `select cast(person_id as text) as id, lower(mail) as username, full_name as displayName,
    mail as email, iif(staff, 'admin', 'customer') as role from people`
  const byId = `${columns} where active and person_id = ?`
  const byMail = `${columns} where active and lower(mail) = ?`

  function one(sql: string, value: string): User | undefined {
    const row = database.prepare(sql).get(value) as (Omit<User, 'roles'> & { role: string }) | undefined
    if (row === undefined) return undefined
    const { role, ...user } = row // what is left over would reach the browser
    return { ...user, roles: [role] }
  }

  // `async`, so that an error is a rejection.
  return {
    find: async (id) => one(byId, id),
    findByLogin: async (name) => one(byMail, name),
  }
}
