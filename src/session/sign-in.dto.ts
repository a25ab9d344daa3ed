import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, Matches, MaxLength } from 'class-validator';
import { Optional } from '../kernel/http/optional';

/** `GET /api/auth/options`. */
export class SignInOptionsDto {
  @ApiProperty({ enum: ['openid', 'token'], description: 'At the OpenID provider, or with a token that is pasted.' })
  sign_in!: 'openid' | 'token';

  @ApiProperty({ description: 'Whether the one-time code that a trial prints is still good.' })
  one_time_code!: boolean;
}

/** Query of `GET /api/auth/sign-in`. */
export class SignInQuery {
  @ApiPropertyOptional({
    type: String,
    default: '#/',
    example: '#/backups',
    description: 'View of the page to come back to: a fragment, so that it leads to no other page.',
  })
  @Matches(/^#\/[A-Za-z0-9/._~=&?%+,:*-]*$/)
  @MaxLength(512)
  return_to = '#/';

  @ApiPropertyOptional({
    enum: ['login'],
    description: 'The provider asks for name and password even if it knows the person: to change the account.',
  })
  @Optional()
  @IsIn(['login'])
  prompt?: 'login';
}
