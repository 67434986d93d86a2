import type { User, UserDirectory } from '@sallyport/core'
import type pg from 'pg'

/** The people of our shop, whom Sallyport only reads. */
export function people(pool: pg.Pool): UserDirectory {
  const columns = `select person_id as id, lower(mail) as username, full_name as "displayName", mail as email,
    case when staff then array['admin'] else array['customer'] end as roles from shop.people`

  async function one(condition: string, value: string): Promise<User | undefined> {
    const { rows } = await pool.query<User>(`${columns} where active and ${condition}`, [value])
    return rows[0] && { ...rows[0], id: String(rows[0].id) }
  }

  return {
    find: async (id) => (/^\d{1,18}$/.test(id) ? one('person_id = $1', id) : undefined),
    findByLogin: (name) => one('lower(mail) = $1', name),
  }
}
