import { ReadSideUnavailable } from '../../application/ports/read-side.port.js';
import { answering } from './postgres-errors.js';

function failing(code: string): Promise<never> {
  return answering(() => Promise.reject(Object.assign(new Error('no'), { code })));
}

describe('a read that fails', () => {
  it.each([
    ['08006', 'the connection broke'],
    ['ECONNREFUSED', 'nobody listens'],
    ['57P01', 'the server is being stopped'],
    ['58P01', 'a file of the server is gone'],
    ['58030', 'a file of the server cannot be read'],
    ['XX001', 'a file of the server is broken'],
    ['XX000', 'the catalogue names what is not there'],
    ['3D000', 'the database is gone'],
    ['42P01', 'the table is gone'],
  ])('with %s is an outage: %s', async (code) => {
    await expect(failing(code)).rejects.toBeInstanceOf(ReadSideUnavailable);
  });

  it.each([
    ['42601', 'the statement cannot be parsed'],
    ['42703', 'a column is not known'],
    ['22P02', 'a value is of another form'],
  ])('with %s is our fault: %s', async (code) => {
    await expect(failing(code)).rejects.toMatchObject({ code });
  });

  it('is repeated where the server undid it in favour of another', async () => {
    const undone = Object.assign(new Error('no'), { code: '40P01' });
    const answers = [() => Promise.reject(undone), () => Promise.resolve('rows')];
    expect(await answering(() => answers.shift()!())).toBe('rows');
    await expect(failing('40P01')).rejects.toBeInstanceOf(ReadSideUnavailable);
  });
});
