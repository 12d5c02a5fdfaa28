import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { region, vm } from '../../../simulator/model/builders.js';
import { act, gist } from './support/signed-call.js';
import { simulatorFor } from './support/simulator-for-test.js';

const ID = 'i-aaaaaaaaaa';
const state = region({ vms: [vm(ID, 'stopped')] });

const base64 = (bytes: number): string => Buffer.alloc(bytes, 'x').toString('base64');
const pairs = (count: number) => Array.from({ length: count }, (_, index) => ({ key: `k${index}`, value: 'v' }));
const invalid = (text: string): string => `400 INVALID_ARGUMENT ${text}`;
const login = { imageInherit: 'yes' };

const REBUILDS: readonly { name: string; body: object; answer: string }[] = [
  { name: 'a password of 7', body: { password: 'Zx9!kT2' }, answer: invalid('Invalid password') },
  { name: 'a password of 8', body: { password: 'Zx9!kT2#' }, answer: '200' },
  { name: 'a password of 30', body: { password: 'Zx9!kT2#'.repeat(4).slice(0, 30) }, answer: '200' },
  {
    name: 'a password of 31',
    body: { password: 'Zx9!kT2#'.repeat(4).slice(0, 31) },
    answer: invalid('Invalid password'),
  },
  {
    name: 'a password of two kinds of characters',
    body: { password: 'zx9kt2mwq4' },
    answer: invalid('Invalid password'),
  },
  { name: 'a password with a forbidden word', body: { password: 'Zx9!cloud#' }, answer: invalid('Invalid password') },
  { name: 'a password with 123', body: { password: 'Zx!kT#mW123' }, answer: invalid('Invalid password') },
  { name: 'a password with abc', body: { password: 'Zx9!kT2#abc' }, answer: invalid('Invalid password') },
  { name: 'a password with qaz', body: { password: 'Zx9!kT2#qaz' }, answer: invalid('Invalid password') },
  { name: 'a password with the user name', body: { password: 'Zx9!root#W' }, answer: invalid('Invalid password') },
  { name: 'the password of the documents', body: { password: 'Instance@010' }, answer: '200' },
  {
    name: 'a password that is a number',
    body: { password: 12345678 },
    answer: invalid("Invalid parameter 'password'"),
  },
  { name: 'two keys', body: { keyNames: ['ops', 'ops'] }, answer: invalid('Only one keypair is supported') },
  { name: 'a key that is no list', body: { keyNames: 'ops' }, answer: invalid("Invalid parameter 'keyNames'") },
  { name: 'an unknown key', body: { keyNames: ['nobody'] }, answer: "404 NOT_FOUND Keypair 'nobody' not found" },
  { name: 'a known key', body: { keyNames: ['ops'] }, answer: '200' },
  { name: 'no login at all', body: {}, answer: invalid('Parameter password, keyNames or imageInherit missing') },
  {
    name: 'imageInherit no',
    body: { imageInherit: 'no' },
    answer: invalid('Parameter password, keyNames or imageInherit missing'),
  },
  { name: 'imageInherit yes', body: login, answer: '200' },
  { name: 'imageInherit true', body: { imageInherit: 'true' }, answer: invalid("Invalid parameter 'imageInherit'") },
  {
    name: 'passWordAuth maybe',
    body: { ...login, passWordAuth: 'maybe' },
    answer: invalid("Invalid parameter 'passWordAuth'"),
  },
  {
    name: 'nulls, as the Go and Python SDKs send them',
    body: { ...login, password: null, keyNames: null, metadata: null },
    answer: '200',
  },
  { name: 'a host name with an underscore', body: { ...login, hostname: 'a_b' }, answer: invalid('Invalid hostname') },
  { name: 'a host name of 65', body: { ...login, hostname: 'a'.repeat(65) }, answer: invalid('Invalid hostname') },
  { name: 'a host name with dots', body: { ...login, hostname: 'web-1.shop.example' }, answer: '200' },
  { name: '40 pairs of metadata', body: { ...login, metadata: pairs(40) }, answer: '200' },
  {
    name: '41 pairs of metadata',
    body: { ...login, metadata: pairs(41) },
    answer: invalid('Add metadata key-value count more than 40 pairs.'),
  },
  { name: 'a metadata key of 256', body: { ...login, metadata: [{ key: 'k'.repeat(256), value: '' }] }, answer: '200' },
  {
    name: 'a metadata key of 257',
    body: { ...login, metadata: [{ key: 'k'.repeat(257), value: '' }] },
    answer: invalid(`Invalid metadata key '${'k'.repeat(256)}'`),
  },
  {
    name: 'a metadata key that ends in a dash',
    body: { ...login, metadata: [{ key: 'k-', value: '' }] },
    answer: invalid("Invalid metadata key 'k-'"),
  },
  {
    name: 'a metadata key in two cases',
    body: {
      ...login,
      metadata: [
        { key: 'K', value: '' },
        { key: 'k', value: '' },
      ],
    },
    answer: invalid('Duplicate metadata key'),
  },
  {
    name: 'a metadata value of 16 KB',
    body: { ...login, metadata: [{ key: 'k', value: 'v'.repeat(16_384) }] },
    answer: '200',
  },
  {
    name: 'a metadata value over 16 KB',
    body: { ...login, metadata: [{ key: 'k', value: 'v'.repeat(16_385) }] },
    answer: invalid("Invalid metadata value of 'k'"),
  },
  {
    name: 'userdata of 16 KB',
    body: { ...login, userdata: [{ key: 'launch-script', value: base64(16_384) }] },
    answer: '200',
  },
  {
    name: 'userdata over 16 KB',
    body: { ...login, userdata: [{ key: 'launch-script', value: base64(16_385) }] },
    answer: invalid('Invalid userdata value'),
  },
  {
    name: 'userdata that is not base64',
    body: { ...login, userdata: [{ key: 'launch-script', value: '#!/bin/bash' }] },
    answer: invalid('Invalid userdata value'),
  },
  {
    name: 'userdata of another kind',
    body: { ...login, userdata: [{ key: 'script', value: base64(1) }] },
    answer: invalid("Invalid userdata key 'script'"),
  },
];

describe('parameters of a rebuild', () => {
  for (const { name, body, answer } of REBUILDS) {
    it(`${name}: ${answer.slice(0, 60)}`, async (t) => {
      const simulator = await simulatorFor(t, { state });
      assert.equal(gist(await act(simulator, ID, 'rebuildInstance', body)), answer);
      assert.equal(simulator.journal.effective('rebuildInstance'), answer === '200' ? 1 : 0);
    });
  }
});
