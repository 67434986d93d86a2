import type { User, UserDirectory } from '@sallyport/core'
import type { Pool, RowDataPacket } from 'mysql2/promise'

interface Person extends RowDataPacket, Omit<User, 'roles'> {
  readonly role: string
}

/** The people of our shop, whom Sallyport only reads. */
export function people(pool: Pool): UserDirectory {
  const columns = `select cast(person_id as char) as id, lower(mail) as username, full_name as displayName,
    mail as email, if(staff, 'admin', 'customer') as role from people`

  async function one(condition: string, value: string): Promise<User | undefined> {
    const sql = `${columns} where active and ${condition}`
    const [[person]] = await pool.execute<Person[]>({ sql, timeout: 2000 }, [value])
    if (person === undefined) return undefined
    const { role, ...user } = person // what is left over would reach the browser
    return { ...user, roles: [role] }
  }

  return {
    // MySQL takes '7x' for 7.
    find: async (id) => (/^\d{1,18}$/.test(id) ? one('person_id = ?', id) : undefined),
    findByLogin: (name) => one('mail = ?', name),
  }
}
