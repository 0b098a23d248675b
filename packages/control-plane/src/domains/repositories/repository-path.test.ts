import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { repositoryPath, repositoryPathOfUrl } from './repository-path.ts';

describe('repository paths', () => {
  const bad = [
    { name: '..', because: 'it climbs out of the folder' },
    { name: 'a..b', because: 'two dots are never needed' },
    { name: 'a/b', because: 'a separator makes another folder' },
    { name: '.hidden', because: 'names begin with a letter or digit' },
    { name: 'Shop', because: 'image names are lower case' },
    { name: 'x.git', because: 'the suffix is added by the address' },
    { name: 'a\n', because: 'a control character would get into logs' },
    { name: '', because: 'a name is needed' },
    { name: 'a'.repeat(101), because: 'file systems bound names' },
  ];
  for (const { name, because } of bad)
    test(`refuses ${JSON.stringify(name.slice(0, 20))}: ${because}`, () => {
      assert.throws(() => repositoryPath('default', 'shop', name), { name: 'Problem', reason: 'invalid' });
      assert.equal(repositoryPathOfUrl(`/git/default/shop/${name}`)?.name === name, false);
    });

  test('recognises clone addresses of the built-in server by their path, whatever the host', () => {
    const expected = { organization: 'default', project: 'shop', name: 'hello' };

    assert.deepEqual(repositoryPathOfUrl('http://127.0.0.1:7070/git/default/shop/hello.git'), expected);
    assert.deepEqual(repositoryPathOfUrl('/git/default/shop/hello'), expected);
    assert.equal(repositoryPathOfUrl('https://github.com/default/shop/hello.git'), undefined);
    assert.equal(repositoryPathOfUrl('http://127.0.0.1:7070/git/default/../hello.git'), undefined);
  });
});
