/* SPDX-License-Identifier: BSD-2-Clause */
#include "masters.h"

#include "say.h"

#define BASE 0x0E000000u
#define M_ID (BASE + 0x00u)
#define M_MASTER (BASE + 0x04u)
#define M_ADDRESS (BASE + 0x08u)
#define M_LENGTH (BASE + 0x0Cu)
#define M_DATA (BASE + 0x10u)
#define M_COMMAND (BASE + 0x14u)
#define M_RESULT (BASE + 0x18u)
#define ID 0x4D535542u

bool masters_there(void)
{
	return hostile_peek(M_ID) == ID;
}

uint32_t masters_command(uint32_t master, uint32_t address, uint32_t length,
			 uint32_t command, uint32_t *data)
{
	hostile_poke(M_MASTER, master);
	hostile_poke(M_ADDRESS, address);
	hostile_poke(M_LENGTH, length);
	hostile_poke(M_DATA, (command & MASTERS_WRITE) != 0u ? *data : 0u);
	hostile_poke(M_COMMAND, command);
	*data = hostile_peek(M_DATA);
	return hostile_peek(M_RESULT);
}
