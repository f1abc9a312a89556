//go:build !linux

package main

import "syscall"

func dieWithParent() error { return nil }

func dyingWithParent() *syscall.SysProcAttr { return nil }
